# Cached public pages of the shop against nginx serving the same bytes from disk.
open_shop 1000
for page in home:/ category:/c/tableware product:/p/dipped-mug; do
  OSIER_BENCH_SECONDS=$seconds OSIER_BENCH_ROUNDS=$rounds "$here/page.sh" --url "http://127.0.0.1:$port${page#*:}" \
    >"$data/page.txt"
  cat "$data/page.txt" >&2
  size=$(field of <"$data/page.txt")
  rate() { awk -v name="$1" '$1 == name { print $2 }' "$data/page.txt" | median; }
  p99() { awk -v name="$1" '$1 == name { print $8 }' "$data/page.txt" | median; }
  ratio() { awk -v column="$1" '$1 == "nginx" { nginx = $column } $1 == "osier" { print $column / nginx }' "$data/page.txt" |
    median | awk '{ printf "%.2f", $1 }'; }
  figure "cached ${page%%:*} page of $size bytes, requests/s" "$(rate osier)" "nginx $(rate nginx)" "$(ratio 2)" ">= 0.8"
  figure "cached ${page%%:*} page, p99 in µs" "$(p99 osier)" "nginx $(p99 nginx)" "$(ratio 8)" "<= 2"
done
