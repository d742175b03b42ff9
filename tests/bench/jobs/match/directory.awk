# directory.csv in long form -> a directory of ours; rows of a tenant stand together; name is last and may hold anything
function flush() {
  if (id == "") return
  n++
  printf "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", id, name, dom, sub_, net, (n%3?"FR":"IT"), (n%3?"fr":"it"), "admin@corp" n ".example.com;soc@t" n ".onms.example", "privacy@corp" n ".example.com"
}
BEGIN { print "tenant_id,name,domains,subscriptions,networks,country,language,admin_emails,privacy_email" }
NR == 1 { next }
/^(tenant|subscription|domain|cidr),[^,]*,[0-9a-f-]+,/ {
  split($0, f, ",")
  p = length(f[1]) + length(f[2]) + length(f[3]) + 4
  if (f[1] == "tenant") { flush(); id = f[3]; dom = sub_ = net = ""; name = substr($0, p); inname = 1; next }
  inname = 0
  if (f[1] == "domain") dom = dom (dom == "" ? "" : ";") f[2]
  else if (f[1] == "subscription") sub_ = sub_ (sub_ == "" ? "" : ";") f[2]
  else net = net (net == "" ? "" : ";") f[2]
  next
}
inname { name = name "\n" $0 }
END { flush() }
