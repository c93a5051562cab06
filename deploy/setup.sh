#!/usr/bin/env bash
# Installs what Sheetreel needs on a Debian machine and is missing: `setup.sh run` for rendering, `setup.sh test`
# for the tests too. It changes nothing when all is there.
set -euo pipefail

packages() {
	echo ffmpeg espeak-ng fonts-inter fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji ca-certificates
	[ "$1" = test ] && echo curl postgresql redis-server chromium
	# A Node that is not Debian's brings its own npm; it fetches the illustrations.
	! command -v node >/dev/null && echo nodejs npm
	[ "$1" = test ] && ! command -v gcc >/dev/null && echo gcc libc6-dev # for the race detector
	return 0
}

# The illustrations, MIT licence, go as one archive into .cache/art. Videos are made without them too.
art() {
	local package=@lobehub/fluent-emoji-3d version=1.1.0
	local sum=5a5ab69554ad4e7afc043a48274a449d328ee0bb83c71a931214ef46d0f50cb445d267bba207914232a87a10c75ee549d9069e720979c1106feb4954006de1ee
	local dir tmp
	dir=$(cd "$(dirname "$0")/.." && pwd)/.cache/art
	[ -e "$dir/fluent-emoji-3d-$version.tar" ] && return 0
	mkdir -p "$dir"
	tmp=$(mktemp -d "$dir/.fetch.XXXXXX")
	if (cd "$tmp" && npm pack --silent "$package@$version" >/dev/null && mv ./*.tgz art.tgz &&
		echo "$sum  art.tgz" | sha512sum --check --quiet && gunzip -c art.tgz >art.tar); then
		mv "$tmp/art.tar" "$dir/fluent-emoji-3d-$version.tar"
	else
		echo "the illustrations of $package $version could not be fetched: videos are made without them" >&2
	fi
	rm -rf "$tmp"
}

install() {
	local missing=() p sudo=
	for p in $(packages "$1"); do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if ! command -v apt-get >/dev/null; then
		echo "please install: ${missing[*]}" >&2
		return 1
	fi
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	echo "installing ${missing[*]}" >&2
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install "${1:-run}"
art
