# Runs inside the machine; its exit code is the test's.
node /app/visitor.mjs
test -e /tmp/passed
