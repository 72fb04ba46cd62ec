# The ground of smart_dunning; `make` alone tells what there is.
# All of it is made below .work/, which `make clean` removes again.

# Settings such as PORT=8090 reach the scripts through the environment, where make puts them.
PYTHON ?= python3
GROUND = @cd '$(CURDIR)' && PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m dev.ground

.PHONY: help setup demo stop test torture regression mutants lint bench pictures clean

help:
	@echo "make demo       show smart_dunning in a running Odoo (FRESH=1: from the start again)"
	@echo "make stop       end the demo"
	@echo "make test       run all tests, on all cores (JOBS=2: on so many; COVER=1: show the lines not"
	@echo "                reached; KEEP=1: keep the database). Only some of them:"
	@echo "                ARGS=/smart_dunning:TestLadder    by Odoo's test tags"
	@echo "                ARGS='-k ladder --lf'             through pytest, with any of its options, or"
	@echo "                ARGS=smart_dunning/tests/test_debtor.py"
	@echo "                ARGS=tests_process/test_kill.py   with processes that are killed"
	@echo "                ARGS=client                       of the remote client alone"
	@echo "                LETTERS=all                       read 225 letters instead of 81 against facts"
	@echo "make torture    kill, cut off and lie to what plans and sends, at random points; goes on where it"
	@echo "                stopped (POINTS=1500; ARGS='--seed 7': others; FRESH=1: from the start again)"
	@echo "make regression run Odoo's own tests with and without the addon, and compare (an hour;"
	@echo "                ARGS='sale stock': only some; FRESH=1: measure core alone again)"
	@echo "make mutants    change the rules in logic/ one thing at a time: do the tests notice?"
	@echo "                (ARGS='ladder interest': only these; QUICK=1: without property tests)"
	@echo "make lint       run the linters"
	@echo "make bench      measure planning and sending (ARGS: options of bench)"
	@echo "make pictures   take the screenshots of the documentation from the demo"
	@echo "make setup      only put together what the others need"
	@echo "make clean      end and remove everything again"
	@echo
	@echo "PORT=8090                        another port for the demo"
	@echo "ODOO_SOURCE=/path/to/odoo        an Odoo 19 source tree instead of Debian's package"
	@echo "ODOO_DEB=/path/to/odoo-19_….deb  a file with Debian's package, where Debian has it no more"
	@echo "DEBIAN_MIRROR=http://…/debian    a Debian mirror, where the system is not Debian itself"
	@echo "PYTHON=python3.12                another Python (3.11 to 3.13)"
	@echo "PGHOST=… PGPORT=… PGUSER=…       a PostgreSQL server instead of one of our own"

setup demo stop test torture regression mutants lint bench pictures clean:
	@command -v '$(PYTHON)' >/dev/null || { echo "Sorry: there is no $(PYTHON)."; \
		if [ '$(PYTHON)' = python3 ]; then echo "  Install it: apt-get install python3 python3-venv"; \
		else echo "  Leave PYTHON=$(PYTHON) away to use python3, or name one that is there (3.11 to 3.13),"; \
			echo "  with its venv module: apt-get install $(PYTHON) $(PYTHON)-venv, where your release has it."; \
		fi; exit 1; }
	$(GROUND) $@
