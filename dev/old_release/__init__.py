"""A database as an older release left it, to be upgraded by a test (tests_process/test_upgrade.py).

    make setup
    python3 -m dev.old_release [COMMIT]

installs the addon as it was at a commit, lets some weeks pass (`story`), and keeps the database and
what must be found again in it (`facts`) below tests_process/data/.
"""
