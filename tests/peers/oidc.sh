# A real OpenID provider, from npm, on a free port of this machine.

up_oidc() {
  local port log=$LOGS/oidc-up.log dir=tests/peers/oidc redirect=http://localhost:8080/desk/sign-in/back
  : >"$log"
  if ! cmp -s "$dir/package-lock.json" "$dir/node_modules/.installed-from"; then
    npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund >>"$log" 2>&1 || return 1
    cp "$dir/package-lock.json" "$dir/node_modules/.installed-from"
  fi
  port=$(free_port)
  setsid node "$dir/provider.mjs" "$port" "$redirect" >>"$log" 2>&1 </dev/null &
  echo $! >"$TMP/oidc.pid"
  wait_for 20 curl -sf "http://127.0.0.1:$port/.well-known/openid-configuration" || return 1
  echo "export CEASE_TEST_OIDC=http://127.0.0.1:$port CEASE_TEST_OIDC_BACK=$redirect" >"$TMP/oidc.env"
  echo "oidc-provider $(node -p "require('./$dir/node_modules/oidc-provider/package.json').version") on port $port: RS256, ES256, EdDSA"
}

stop_oidc() { [ ! -s "$TMP/oidc.pid" ] || stop_group "$(cat "$TMP/oidc.pid")"; }
