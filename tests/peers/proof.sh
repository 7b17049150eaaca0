# The independent verifier of the public log: Go's golang.org/x/mod/sumdb from Debian's package, built offline.

up_proof() {
  local bin=$TMP/verify-log
  GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$TMP/go-cache GOFLAGS= \
    go build -o "$bin" tests/peers/proof/verify.go >"$LOGS/proof-up.log" 2>&1 || return 1
  echo "export CEASE_TEST_GO_VERIFIER=$bin" >"$TMP/proof.env"
  echo "$(go version | cut -d' ' -f3) with golang.org/x/mod/sumdb built the other verifier"
}
