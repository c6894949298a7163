# A large catalogue: how long it takes to make and to load, what it weighs, and how it answers.
open_shop "$products"
figure "$products products: seeding, s" "$seed_seconds"
sleep 2
figure "$products products: memory, MiB" "$(awk '$1 == "VmRSS:" { printf "%.0f", $2 / 1024 }' "/proc/$shop_pid/status")" "" "" "<= 500"

other_port=$(free_port)
new_folder other_data
first=$(OSIER_DATABASE_URL=$database OSIER_DATA=$other_data OSIER_ROOT_KEY_FILE=$data/keys/root.key OSIER_PORT=$other_port OSIER_OPS_PORT=$(free_port) \
  "$clients/page_client" start --port "$other_port" --path / -- "$osier" serve | field milliseconds)
figure "$products products: start to first page, ms" "$first" "" "" "<= 3000"

times=()
for round in 1 2 3 4 5; do
  before="synthetic-title-$((round - 1))" after="synthetic-title-$round"
  [ "$round" = 1 ] && before=$(sql -c "SELECT title->>'en' FROM catalog.products WHERE handle = 'synthetic-77'")
  "$clients/page_client" change --port "$port" --path /p/synthetic-77 --without "$before" >"$data/change.txt" &
  waiting=$!
  sleep 0.3
  changed=$EPOCHREALTIME
  sql -c "UPDATE catalog.products SET title = jsonb_build_object('en', '$after', 'de', '$after') WHERE handle = 'synthetic-77'"
  wait "$waiting"
  times+=("$(awk -v a="$changed" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", (b - a) * 1000 }')")
done
figure "$products products: a changed title is on its page after, ms" "$(printf '%s\n' "${times[@]}" | median)" "" "" "<= 100"

words=(oak ash linen wool stoneware porcelain beeswax walnut brass willow felt bowl board cushion blanket vase mug candle
  tray lamp coaster basket plate spoon towel planter jug hook frame box alba birka corin dahl fjord hede isar juno)
for ((i = 0; i < 4000; i++)); do
  echo "/search?q=${words[RANDOM % ${#words[@]}]}+${words[RANDOM % ${#words[@]}]}&page=$((1 + RANDOM % 3))"
done >"$data/searches.txt"
line=$("$clients/page_client" get --port "$port" --clients 1 --seconds "$seconds" <"$data/searches.txt")
figure "$products products: search page, p50 and p99 in ms" "$(thousandth "$(field p50_us <<<"$line")") and $(thousandth "$(field p99_us <<<"$line")")"
line=$(sed 's,/search,/store/products,; s,&page=.,,' "$data/searches.txt" | sed 's,$,\&limit=12\&fields=id\,title,' |
  "$clients/page_client" get --port "$port" --clients 1 --seconds "$seconds")
figure "$products products: search in the store API, p99 in ms" "$(thousandth "$(field p99_us <<<"$line")")" "" "" "<= 5"

# Filtered lists are many: no two of these are the same, so each is rendered.
for ((i = 0; i < 20000; i++)); do echo "/c/tableware?sort=price_ascending&min=$((1 + i / 100)).$((10 + i % 90))&page=$((1 + i % 7))"; done |
  sort -u -R >"$data/lists.txt"
line=$("$clients/page_client" get --port "$port" --clients 1 --seconds "$seconds" <"$data/lists.txt")
figure "$products products: category page rendered anew, p50 and p99 in ms" \
  "$(thousandth "$(field p50_us <<<"$line")") and $(thousandth "$(field p99_us <<<"$line")")"
