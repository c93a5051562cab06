#!/usr/bin/env bash
# Installs what Sheetreel needs on a Debian machine and is missing: `setup.sh run` for rendering, `setup.sh test`
# for the tests too. It changes nothing when all is there.
set -euo pipefail

packages() {
	echo ffmpeg espeak-ng fonts-inter fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji ca-certificates
	[ "$1" = test ] && echo curl postgresql redis-server chromium
	# A Node that is not Debian's brings its own npm.
	[ "$1" = test ] && ! command -v node >/dev/null && echo nodejs npm
	[ "$1" = test ] && ! command -v gcc >/dev/null && echo gcc libc6-dev # for the race detector
	return 0
}

missing=()
for p in $(packages "${1:-run}"); do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "please install: ${missing[*]}" >&2
	exit 1
fi
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing ${missing[*]}" >&2
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
