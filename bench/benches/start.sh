# From the start of the process to the first whole page, the database being up.
open_shop 1000
other_port=$(free_port)
new_folder other_data
times=()
for _ in 1 2 3 4 5; do
  times+=("$(OSIER_DATABASE_URL=$database OSIER_DATA=$other_data OSIER_ROOT_KEY_FILE=$data/keys/root.key OSIER_PORT=$other_port OSIER_OPS_PORT=$(free_port) \
    "$clients/page_client" start --port "$other_port" --path / -- "$osier" serve | tee "$other_data/start.txt" |
    field milliseconds)")
done
figure "start to first page, database up, ms" "$(printf '%s\n' "${times[@]}" | median)" "" "" "<= 300"
