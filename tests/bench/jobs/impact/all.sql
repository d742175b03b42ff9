COPY (SELECT resource_path, count(*), min(timestamp), max(timestamp)
 FROM read_csv('@D/audit.csv',header=true,auto_detect=false,delim=',',quote='"',escape='"',columns={'timestamp':'VARCHAR','record_id':'VARCHAR','service':'VARCHAR','operation':'VARCHAR','actor_upn':'VARCHAR','client_ip':'VARCHAR','resource_path':'VARCHAR','object_id':'VARCHAR','result':'VARCHAR','user_agent':'VARCHAR','details':'VARCHAR'})
GROUP BY 1) TO '@O' (DELIMITER '\t', HEADER false, QUOTE '');
