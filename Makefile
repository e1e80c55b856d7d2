# Aliases only: ./run, ./test, ./check, ./bench and ./faults need no make.
.PHONY: run test check bench faults coverage format lock

run test check bench faults:
	./$@

# Branches of everything that no test takes; ./check holds core to 100 % and does not trace the rest.
coverage:
	rm -rf .coverage
	./test --cov --cov-report=
	.venv/bin/coverage report --fail-under=90

format:
	.venv/bin/ruff check --fix-only --quiet src tests
	.venv/bin/ruff format src tests

# Needs uv (python -m pip install uv). Each lock holds the one before it, in the same versions.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' --quiet

lock:
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra embedded --constraint requirements.lock --output-file requirements-demo.lock
	$(COMPILE) --extra embedded --group dev --constraint requirements-demo.lock \
		--output-file requirements-test.lock
	for group in peers brokers; do \
		uv pip compile --group $$group --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-annotate --custom-compile-command 'make lock' --quiet \
			--output-file requirements-$$group.lock || exit 1; \
	done
