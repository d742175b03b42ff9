"""A call sheet with one row: sheet.py TENANT PHONE [COLUMN=VALUE]... on standard output, as notify-send writes it."""
import csv
import os
import subprocess
import sys

COLUMNS = ("key,incident_id,notice,tenant_id,name,country,phone,language,time_zone,local_time,due_at,required,reason,script,"
           "caller,caller_trained,called_at,outcome,person,person_role,reference").split(",")
tenant, phone = sys.argv[1:3]
row = dict.fromkeys(COLUMNS, "")
row["key"] = subprocess.check_output([sys.executable, os.path.dirname(__file__) + "/ledger.py", "key", tenant, "phone", phone], text=True).strip()
row.update(incident_id="INC-2026-0042", notice=os.environ.get("NOTICE", "drill-initial"), tenant_id=tenant, phone="'" + phone,
           script="Good day,\nthis is the provider.")
for pair in sys.argv[3:]:
    name, _, value = pair.partition("=")
    row[name] = value
writer = csv.DictWriter(sys.stdout, COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\n", delimiter=os.environ.get("DELIMITER", ","))
writer.writeheader()
writer.writerow(row)
