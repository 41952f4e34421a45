# Two servers as somebody sets them up who upgrades with pg_upgrade: the data of the old one in /srv/pg15, room for those
# of the new one in /srv/pg18, and one postgresql.service that runs what /srv/postgresql.env names. Run in a Debian 13;
# the PostgreSQL 15 is that of Debian 12, as on a machine that was Debian 12 before.
mirror=$1
apt-get install --yes --no-install-recommends systemd dbus sudo jq nodejs postgresql-17
echo "deb $mirror bookworm main" > /etc/apt/sources.list.d/bookworm.list
apt-get update
apt-get install --yes --no-install-recommends postgresql-15
pg_dropcluster 17 main
install -d -o postgres -m 700 /srv/pg15 /srv/pg18
initialise() {
	sudo -u postgres "/usr/lib/postgresql/$1/bin/initdb" -D "$2" --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256
}
initialise 15 /srv/pg15
initialise 17 /srv/pg18
printf 'MAJOR=15\nDATA=/srv/pg15\n' > /srv/postgresql.env
cat > /etc/systemd/system/postgresql.service <<'UNIT'
[Service]
Type=notify
User=postgres
RuntimeDirectory=postgresql
EnvironmentFile=/srv/postgresql.env
ExecStart=/bin/sh -c 'exec /usr/lib/postgresql/$MAJOR/bin/postgres -D $DATA -k /run/postgresql'
KillMode=mixed
KillSignal=SIGINT
[Install]
WantedBy=multi-user.target
UNIT
ln -sf /etc/systemd/system/postgresql.service /etc/systemd/system/multi-user.target.wants/postgresql.service
