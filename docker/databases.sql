-- Runs once, when PostgreSQL's volume is new: a role and a database for Airflow's metadata, and another role with
-- another database for what the pipelines store. Neither may enter the other's.
\set airflow_password `cat "$SECRETS/airflow_db_password"`
\set words_password `cat "$SECRETS/words_db_password"`

CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE airflow OWNER airflow;
REVOKE CONNECT, TEMPORARY ON DATABASE airflow FROM PUBLIC;

CREATE ROLE words LOGIN PASSWORD :'words_password';
CREATE DATABASE words OWNER words;
REVOKE CONNECT, TEMPORARY ON DATABASE words FROM PUBLIC;
