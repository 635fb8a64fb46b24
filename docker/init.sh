#!/bin/sh
# What has to be done before Airflow starts for the first time, and after each upgrade of it; harmless otherwise.
set -eu

airflow db migrate

# The password goes through standard input, where no list of processes shows it; the command asks twice.
users() {
  password=$(cat "$SECRETS/admin_password")
  printf '%s\n%s\n' "$password" "$password" | PYTHONWARNINGS=ignore airflow users "$@"
}
created=$(users create --role Admin --username "$ADMIN_USER" --email "$ADMIN_USER@localhost" \
  --firstname "$ADMIN_USER" --lastname "$ADMIN_USER")
echo "$created"
case $created in
  *"already exists"*) users reset-password --username "$ADMIN_USER" ;;
esac

# One that is there already stays as it is: somebody may have changed it.
airflow connections import "$SECRETS/connections.env"
