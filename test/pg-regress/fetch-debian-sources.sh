#!/bin/sh
# Puts PostgreSQL's sources and server headers of one version from Debian's archive into the cache folder of the user, where
# `npm run test:pg-regress` looks for them. Changes nothing else: apt's lists and its cache stay as they are.
#
#   fetch-debian-sources.sh VERSION        for example 15.18; the version `pg_config --version` prints
#
# DEBIAN_MIRROR: where to fetch from, default http://deb.debian.org.
set -eu
version=${1:?usage: $0 VERSION}
major=${version%%.*}
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
target=${XDG_CACHE_HOME:-$HOME/.cache}/rtbridge-pg-regress/$version

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/headers"
for suite in "debian $release" "debian $release-updates" "debian-security $release-security"; do
  printf 'deb %s/%s main\ndeb-src %s/%s main\n' "$mirror" "$suite" "$mirror" "$suite"
done > "$work/sources.list"
apt() {
  apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@"
}
cd "$work"
apt update
full=$(apt-cache -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
  -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" madison "postgresql-$major" |
  awk -v wanted="$version-" 'index($3, wanted) == 1 { print $3; exit }')
test -n "$full" || { echo "Debian $release does not offer PostgreSQL $version (any more)" >&2; exit 1; }
apt source --download-only "postgresql-$major=$full"
apt download "postgresql-server-dev-$major=$full"
mkdir -p source
tar -xf postgresql-"$major"_*.orig.tar.* -C source --strip-components=1
dpkg-deb -x postgresql-server-dev-"$major"_*.deb headers
rm -rf "$target"
mkdir -p "$target"
mv source "$target/source"
mv "headers/usr/include/postgresql/$major/server" "$target/headers"
echo "PostgreSQL $version: $target"
