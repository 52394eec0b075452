#!/bin/sh
set -e
mkdir -p "$2"
cat "$1"/part-* > "$2/data"
