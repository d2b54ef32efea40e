/*
 * What runs in the sandbox (`GitSandbox`). Everything that comes from outside is in the environment, never in the text.
 */

/** Prints what $REF is in $REMOTE; without one, what HEAD is and which branch that is. */
export const lookUp = `
set -eu
if [ -z "$REF" ]; then
  exec git ls-remote --symref -- "$REMOTE" HEAD
fi
exec git ls-remote -- "$REMOTE" "$REF" "$REF^{}"
`;

const begin = `
set -eu
umask 022
fail() { echo "$1" >&2; exit 1; }
format=sha1
[ "\${#COMMIT}" -ne 64 ] || format=sha256
`;

/**
 * Gets $COMMIT, called $REFNAME in $REMOTE if it has a name. The second and third way are for servers that give no single
 * commits, and for plain web servers, which know no shallow history.
 */
const fetchCommit = `
has() { git cat-file -e "$COMMIT^{commit}" 2>/dev/null; }
git fetch --quiet --depth=1 --no-tags -- "$REMOTE" "$COMMIT" 2>/dev/null || true
has || [ -z "$REFNAME" ] || git fetch --quiet --no-tags -- "$REMOTE" "+$REFNAME:refs/drydock/fetched"
has || git fetch --quiet --tags -- "$REMOTE" "+refs/heads/*:refs/drydock/*"
has || fail "the repository does not contain the commit $COMMIT"
`;

/** Prints when $COMMIT was made, in seconds since 1970. */
export const commitTime = `${begin}
export GIT_DIR=/git
git init --quiet --bare --object-format="$format"
${fetchCommit}
exec git log -1 --format=%ct "$COMMIT^{commit}"
`;

/**
 * Puts the files of $COMMIT (a commit or a tag that stands for one) into /checkout, which itself gets the commit's time.
 */
export const checkOut = `${begin}
tree=/checkout
[ -z "$SUBDIR" ] || tree=/checkout/.git-checkout
mkdir -p "$tree"
if [ -n "$KEEP" ] && [ -z "$SUBDIR" ]; then GIT_DIR=/checkout/.git; else GIT_DIR=/git; KEEP=; fi
export GIT_DIR GIT_WORK_TREE="$tree"
cd "$tree"
git init --quiet --object-format="$format"
git remote add origin "$SHOWN"
${fetchCommit}
if [ -n "$KEEP" ] && [ -n "$REFNAME" ]; then git update-ref "$REFNAME" "$COMMIT"; fi
git checkout --quiet --force --detach "$COMMIT^{commit}"
if [ -n "$SUBMODULES" ] && [ -e .gitmodules ]; then
  git submodule --quiet update --init --recursive --depth=1
fi
committed=$(git log -1 --format=%ct)
if [ -n "$KEEP" ]; then
  git for-each-ref --format='delete %(refname)' 'refs/drydock/' | git update-ref --stdin
  git reflog expire --all --expire=now
  rm -f .git/FETCH_HEAD .git/ORIG_HEAD
else
  find . -name .git -type f -delete
fi
if [ -n "$SUBDIR" ]; then
  at=$tree
  rest=$SUBDIR/
  while [ -n "$rest" ]; do
    at=$at/\${rest%%/*}
    rest=\${rest#*/}
    [ -d "$at" ] && [ ! -L "$at" ] || fail "invalid subdir $SUBDIR: there is no such directory in the repository"
  done
  cd /checkout
  find "$at" -mindepth 1 -maxdepth 1 -exec mv -t /checkout -- {} +
  rm -rf "$tree"
fi
[ "$MTIME" != commit ] || find /checkout -mindepth 1 -exec touch --no-dereference --date="@$committed" {} +
touch --date="@$committed" /checkout
`;
