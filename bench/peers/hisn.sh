#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The guard as one more peer of the peers kit: see run beside this file. HISN: the build folder.
. "$(dirname "$0")/common.sh"
HISN=${HISN:?"the build folder of hisn"}
case $1 in
conf)
	rm -f "$R/overlay"
	cp "$HISN/../bench/household.yaml" "$R/household.yaml"
	"$HISN/hisn" compile --no-shipped --psl none --list "adult=$DATA/list-$2.txt" --out "$R/image" >/dev/null ;;
start)
	exec "$HISN/src/cli/hisn-guard" --image "$R/image" --overlay "$R/overlay" --household "$R/household.yaml" \
		--state "$R" --listen "$ADDR@$PORT" --workers 1 --upstream "$UP@$UPPORT" ;;
add) ;; # the overlay is compiled within the time that is measured
reload)
	"$HISN/hisn" compile --overlay --base "$R/image" --psl none --list "adult=$DATA/add1000.txt" --out "$R/overlay" >/dev/null &&
		"$HISN/hisn" reload --state "$R" ;;
esac
