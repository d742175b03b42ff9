# resources.csv -> an impact stream: awk -v ROWS=N -f impact.awk resources.csv
BEGIN { print "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,last_seen,evidence,determined_at,part" }
NR == 1 { next }
/^res-[0-9]+,/ {
  n++; split($0, f, ",")
  t = ""; r = f[3]
  if (f[2] == "tenant") { t = f[3]; r = "/sites/s" n "/doc" n }
  else if (f[2] == "subscription") r = "/subscriptions/" f[3] "/resourceGroups/rg" n
  printf "INC-2026-0042,%s,Storage,%s,access,confirmed,1,%s,,%s,%s,audit.csv:%d,2026-06-15T19:00:00Z,%d/%d\n", t, r, f[4], f[5], f[6], n + 1, n, ROWS
}
