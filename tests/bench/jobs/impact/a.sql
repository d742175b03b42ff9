CREATE TABLE lists AS SELECT column0 AS x FROM read_csv('@D/ind_ips.txt',header=false,delim='|',columns={'column0':'VARCHAR'});
CREATE TABLE actors AS SELECT column0 AS x FROM read_csv('@D/ind_actors.txt',header=false,delim='|',columns={'column0':'VARCHAR'});
CREATE TABLE operations AS SELECT column0 AS x FROM read_csv('@D/ind_ops.txt',header=false,delim='|',columns={'column0':'VARCHAR'});
CREATE MACRO number_of(s) AS (split_part(s,'.',1)::BIGINT*16777216+split_part(s,'.',2)::BIGINT*65536+split_part(s,'.',3)::BIGINT*256+split_part(split_part(s,'.',4),'/',1)::BIGINT);
CREATE TABLE v4 AS SELECT number_of(x) n, split_part(x,'/',2)::INT bits FROM lists WHERE x LIKE '%.%/%';
CREATE TABLE v6 AS SELECT split_part(x,'::',1) p FROM lists WHERE x LIKE '%:%/48';
COPY (WITH t AS (SELECT timestamp, operation, actor_upn, client_ip, resource_path,
  CASE WHEN client_ip LIKE '%:%' THEN NULL ELSE number_of(client_ip) END AS n
 FROM read_csv('@D/audit.csv',header=true,auto_detect=false,delim=',',quote='"',escape='"',columns={'timestamp':'VARCHAR','record_id':'VARCHAR','service':'VARCHAR','operation':'VARCHAR','actor_upn':'VARCHAR','client_ip':'VARCHAR','resource_path':'VARCHAR','object_id':'VARCHAR','result':'VARCHAR','user_agent':'VARCHAR','details':'VARCHAR'})
 WHERE timestamp>='2026-06-04' AND timestamp<'2026-06-11' AND operation IN (SELECT x FROM operations))
SELECT resource_path, count(*), min(timestamp), max(timestamp)
FROM t WHERE actor_upn IN (SELECT x FROM actors) OR client_ip IN (SELECT x FROM lists)
 OR n//65536 IN (SELECT n//65536 FROM v4 WHERE bits=16) OR n//4096 IN (SELECT n//4096 FROM v4 WHERE bits=20) OR n//256 IN (SELECT n//256 FROM v4 WHERE bits=24)
 OR (client_ip LIKE '%:%' AND split_part(client_ip,':',1)||':'||split_part(client_ip,':',2)||':'||split_part(client_ip,':',3) IN (SELECT p FROM v6))
GROUP BY 1) TO '@O' (DELIMITER '\t', HEADER false, QUOTE '');
