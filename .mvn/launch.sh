# What the scripts of the root share: finds a JDK and Maven, builds what is missing or older than its sources, and runs
# the jar. To be sourced, in a script that defines root and target_of; then: launch NAME MODULE JVM_OPTIONS [ARGUMENT...]

readonly NEEDED=25

fail() {
  echo "$name: $*" >&2
  exit 2
}

# The feature version of the JDK in a directory; nothing if there is none, or only a runtime without a compiler.
jdk_version() {
  [[ -x $1/bin/java && -x $1/bin/javac ]] || return 0
  local line
  line=$(grep -s '^JAVA_VERSION=' "$1/release") || line=$("$1/bin/javac" -version 2>/dev/null) || return 0
  [[ $line =~ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# One candidate a line, the user's own choice first.
jdk_candidates() {
  [[ -z ${JAVA_HOME:-} ]] || echo "$JAVA_HOME"
  local java
  if java=$(command -v java); then dirname "$(dirname "$(target_of "$java")")"; fi
  if [[ -x /usr/libexec/java_home ]]; then /usr/libexec/java_home -v "$NEEDED+" 2>/dev/null || true; fi
  local place
  for place in /usr/lib/jvm /usr/java /opt/java ~/.sdkman/candidates/java ~/.jdks ~/.local/share/mise/installs/java \
    ~/.asdf/installs/java; do
    printf '%s\n' "$place"/*
  done
  printf '%s/Contents/Home\n' /Library/Java/JavaVirtualMachines/* ~/Library/Java/JavaVirtualMachines/*
}

find_jdk() {
  local home version seen=""
  while read -r home; do
    version=$(jdk_version "$home")
    [[ -n $version ]] || continue
    if ((version >= NEEDED)); then
      echo "$home"
      return
    fi
    [[ " $seen " == *" $version "* ]] || seen+=" $version"
  done < <(jdk_candidates)
  fail "needs a JDK $NEEDED or newer${seen:+ (found only:$seen)}; install one, such as from https://adoptium.net," \
    "or set JAVA_HOME to it"
}

find_maven() {
  command -v mvn || fail "needs Maven 3.8 or newer to build itself; install it, such as from" \
    "https://maven.apache.org, or with your package manager"
}

up_to_date() {
  [[ -f $jar && -d $target/lib ]] || return 1
  local newer
  newer=$(find "$root/pom.xml" "$root/core" "$root/integrations" "$root/$module" \
    \( -name target -o -path '*/src/test' \) -prune -o \
    -type f \( -path '*/src/main/*' -o -name pom.xml \) -newer "$jar" -print | head -n 1)
  [[ -z $newer ]]
}

build() {
  local maven log=$target/build.log start=$SECONDS pid
  maven=$(find_maven)
  mkdir -p "$target"
  echo "building (a few minutes the first time, while Maven downloads) ..."
  # Maven runs on the JDK that was found, so that the default java may be an old one
  (cd "$root" && exec "$maven" -q -B -pl "$module" -am -Dmaven.test.skip=true package) >"$log" 2>&1 </dev/null &
  pid=$!
  trap 'kill "$pid" 2>/dev/null || true' EXIT
  trap 'exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if (((SECONDS - start) % 15 == 14)) && kill -0 "$pid" 2>/dev/null; then
      echo "  still building, $((SECONDS - start + 1)) s"
    fi
  done
  trap - INT TERM EXIT
  if ! wait "$pid"; then
    grep -m 12 '^\[ERROR\]' "$log" >&2 || tail -n 20 "$log" >&2
    echo "$name: the build failed; all of it: ${log#"$root"/}" >&2
    exit 1
  fi
  touch "$jar"
  echo "built in $((SECONDS - start)) s"
}

launch() {
  name=$1 module=$2
  local -a options
  read -ra options <<<"$3"
  shift 3
  target=$root/$module/target
  jar=$target/ripcord-$(basename "$module").jar
  JAVA_HOME=$(find_jdk)
  export JAVA_HOME
  up_to_date || build
  exec "$JAVA_HOME/bin/java" ${options[@]+"${options[@]}"} -jar "$jar" "$@"
}
