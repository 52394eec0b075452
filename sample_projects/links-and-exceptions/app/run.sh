#!/bin/sh
exec cat /etc/service/service.toml
