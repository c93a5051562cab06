#!/usr/bin/env bash
# Installs the rivals that `make bench-render` measures, each in its folder here. What cannot be installed within ten
# minutes is left out; the benchmark says so. editly compiles parts of itself: it needs a C++ compiler and the -dev
# packages of cairo, pango, pixman, jpeg, gif, rsvg, GL, X11 and Xi. Remotion needs chromium-headless-shell or chromium.
set -uo pipefail
cd "$(dirname "$0")"
for rival in remotion editly; do
	[ -e "$rival/node_modules/.ready" ] && continue
	if (cd "$rival" && timeout 600 npm ci --no-audit --no-fund >install.log 2>&1 && touch node_modules/.ready); then
		echo "$rival is installed"
	else
		rm -rf "$rival/node_modules"
		echo "$rival cannot be installed: see bench/render/rivals/$rival/install.log" >&2
	fi
done
exit 0
