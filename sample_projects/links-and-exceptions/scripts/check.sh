#!/bin/sh
find "$1" -name "*.json"
