# SPDX-License-Identifier: GPL-2.0-or-later
# Full-Service Battle Map. `make run` shows it on a real city, `make test` checks everything.

SHELL := /bin/bash
CITY ?= helsinki
LANGUAGE ?=
OUT ?= build/demo-$(notdir $(basename $(basename $(CITY))))
VENV := build/venv/bin/python
QGIS_PYTHON_FOUND = $$(sed -n 2p build/setup.stamp)
QGIS_PROCESS = $$(sed -n 3p build/setup.stamp)
T ?= tests
PROFILE ?= battlemap-dev
PROFILES ?= $(HOME)/.local/share/QGIS/QGIS3/profiles
ZIP ?=
# Given on the command line only: EMAIL and HOMEPAGE are set in many a shell for other ends.
PUBLISHER = $(foreach name,REPOSITORY TRACKER HOMEPAGE EMAIL,$(if $(filter command,$(origin $(name))), \
	--$(shell echo $(name) | tr A-Z a-z)='$($(name))'))
# The stage comes first; the repository root is never on the path, since QGIS has a package named processing.
ENVIRONMENT = PYTHONWARNINGS=ignore::DeprecationWarning QT_QPA_PLATFORM=offscreen PYTHONPATH=build:build/lib QGIS_PLUGINPATH=$(CURDIR)/build \
	PGSERVICEFILE=$(CURDIR)/build/pg_service.conf

.PHONY: help setup stage dev run desktop process test test-long test-matrix check-tests lint dictionary forms release-dump package check-package bench clean database

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## install what is missing
	@tools/setup.sh

stage: ## assemble build/fullservice_plugin, the plugin as it ships
	@/usr/bin/env python3 tools/stage.py

dev: setup ## link the plugin into a QGIS profile for live editing (PROFILE=name)
	@python3 tools/stage.py --link "$(PROFILES)/$(PROFILE)/python/plugins/fullservice_plugin"
	@echo "Linked into the QGIS profile $(PROFILE): start QGIS with --profile $(PROFILE) and switch the plugin on."

database: setup
	@$(VENV) tools/cluster.py start

run: setup stage database ## the whole chain on a sample city (CITY=helsinki, yangban or a file)
	@$(ENVIRONMENT) $(VENV) -P demo/run.py --city "$(CITY)" --out "$(OUT)" $(if $(LANGUAGE),--language $(LANGUAGE))

desktop: setup stage database ## open QGIS on the sample city with the plugin active
	@$(ENVIRONMENT) $(VENV) -P demo/desktop.py --city "$(CITY)" --out "$(OUT)"

process: setup stage database ## qgis_process with the staged plugin: make process ARGS="list"
	@$(ENVIRONMENT) $(VENV) -P tools/qgis_process.py $(ARGS)

lint: setup stage ## style, types, import rule, security
	@$(VENV) -m ruff check .
	@cd build && MYPYPATH=. venv/bin/python -P -m mypy --config-file ../pyproject.toml -p fullservice_plugin.core
	@$(VENV) tools/import_rule.py
	@$(VENV) tools/security.py

check-tests: setup stage database
	@$(ENVIRONMENT) $(VENV) -P -m pytest --import-mode=importlib $(T)

test: lint check-tests ## every check

test-long: setup stage database ## the long ones: kills, scale, languages, stock Python, QGIS 3.40 where its root is there
	@FULLSERVICE_LONG=1 $(ENVIRONMENT) $(VENV) -P -m pytest --import-mode=importlib $(T)
	@[ ! -e build/roots/trixie/made ] || FULLSERVICE_LONG=1 python3 tools/roots.py test trixie "T=$(T)"

test-matrix: ## all tests on Debian 13 (QGIS 3.40), the essentials of the ZIP on Debian's newest QGIS, in build/roots
	@python3 tools/roots.py test trixie "T=$(T)"
	@python3 tools/roots.py smoke sid

forms: setup stage ## write forms/*.ui from the catalogue
	@PYTHONPATH=build $(VENV) -P tools/make_forms.py

dictionary: setup stage ## write docs/data_dictionary.md from the catalogue
	@PYTHONPATH=build $(VENV) -P tools/data_dictionary.py

release-dump: setup stage database ## keep this version's store for the upgrade test, once at a release
	@$(ENVIRONMENT) $(VENV) -P tools/release_dump.py

package: setup stage ## the ZIP for QGIS' plugin installer (to publish: REPOSITORY=https://… EMAIL=… TRACKER=… HOMEPAGE=…)
	@python3 tools/package.py$(PUBLISHER)

check-package: setup ## ask of the ZIP what QGIS' plugin site asks of an upload (ZIP=file)
	@$(VENV) tools/check_package.py $(ZIP)

bench: setup stage database ## run the benchmarks, peers beside ours
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(ENVIRONMENT) $(VENV) -P $$script || exit 1; done

clean: ## remove build/ and stop the private PostGIS
	@[ ! -e build/postgres.lock ] || python3 tools/cluster.py destroy
	@[ ! -d build/roots ] || python3 tools/roots.py clean
	@rm -rf build
