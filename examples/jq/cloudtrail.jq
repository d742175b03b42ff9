# AWS CloudTrail files ({"Records": [...]}) as one CSV for the profile `cloudtrail`:
#   jq -rn -f cloudtrail.jq *.json > cloudtrail.csv
# Compressed files: zcat *.json.gz | jq -rn -f cloudtrail.jq > cloudtrail.csv
def columns: ["eventID", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "sourceIPAddress", "userAgent",
  "errorCode", "readOnly", "eventType", "sharedEventID"];
def nested: ["userIdentity", "requestParameters", "responseElements", "resources"];
(columns + nested | @csv),
(inputs.Records[] | . as $record |
  [(columns[] | $record[.] | if . == null then "" else tostring end), (nested[] | $record[.] | tojson)] | @csv)
