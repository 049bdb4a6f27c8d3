# The verbs of hisn. Meson and Ninja build; this file remembers how.
.PHONY: build run test asan tsan clang fuzz bench fmt lint clean packages packages-test
BUILD := build

build: packages
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --buildtype=debugoptimized >/dev/null
	@ninja -C $(BUILD) --quiet
	@for p in $(BUILD)/src/cli/hisn*; do test -x $$p -a ! -d $$p && ln -sf src/cli/$${p##*/} $(BUILD)/$${p##*/}; done; true

packages:
	@tools/install-packages run
packages-test:
	@tools/install-packages test

run: build
	@exec $(BUILD)/hisn up

# Everything: three builds, unit and flow tests, sanitizers. Ends with "N passed, N failed".
test: packages-test
	@python3 tests/run.py

asan tsan clang: packages-test
	@python3 tests/run.py $@

fuzz: packages-test
	@tests/fuzz/run $(FUZZ_SECONDS)

bench: build packages-test
	@python3 bench/run.py $(BENCH)

fmt:
	@git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]' | xargs clang-format -i

lint:
	@git ls-files 'src/*.c' | xargs cppcheck --quiet --enable=warning,portability --inline-suppr -Isrc --error-exitcode=1 --suppress=unknownMacro

clean:
	@rm -rf build build-*

# The style sheet from its sources and lock file (needs npm); the result is committed, so a build does not.
style:
	@cd style && npm ci --silent --ignore-scripts && npm run --silent build && wc -c hisn.css
.PHONY: style
