# Resident memory of the one process, without PostgreSQL: idle, and the most it ever had under load.
open_shop 1000
sleep 3
mebibytes() { awk -v name="$1:" '$1 == name { printf "%.0f", $2 / 1024 }' "/proc/$shop_pid/status"; }
figure "memory with 1,000 products, idle, MiB" "$(mebibytes VmRSS)" "" "" "<= 60"
printf '%s\n' / /c/tableware /p/dipped-mug /de-eu /c/tableware?page=2 /search?q=mug |
  "$clients/page_client" get --port "$port" --clients 64 --seconds "$seconds" >&2
sql -f "$here/orders/prepare.sql" >/dev/null
sleep 1
"$clients/store_client" checkouts --port "$port" --clients 64 --seconds "$seconds" --variants 1000 >&2
figure "memory with 1,000 products, under load, MiB" "$(mebibytes VmHWM)" "" "" "<= 150"
