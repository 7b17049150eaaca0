// A real OpenID provider (the certified oidc-provider) for `./test --only oidc`: a client for each algorithm, each with
// its own key. Whoever signs in is whom they say; POST /test/groups says which groups they are in.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const groups = new Map();

const key = (alg, ...how) => ({ ...generateKeyPairSync(...how).privateKey.export({ format: "jwk" }), use: "sig", alg, kid: alg });
const keys = [key("RS256", "rsa", { modulusLength: 2048 }), key("ES256", "ec", { namedCurve: "P-256" }), key("EdDSA", "ed25519")];

const clients = ["RS256", "ES256", "EdDSA"].map((alg) => ({
  client_id: `desk-${alg}`,
  client_secret: `secret of ${alg}: a/b+c&d`,
  redirect_uris: [redirect],
  response_types: ["code"],
  grant_types: ["authorization_code"],
  id_token_signed_response_alg: alg,
  token_endpoint_auth_method: alg === "ES256" ? "client_secret_post" : "client_secret_basic",
}));

const provider = new Provider(issuer, {
  clients,
  jwks: { keys },
  cookies: { keys: ["of a test"] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub", "groups"], profile: ["name"], email: ["email", "email_verified"] },
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: `${sub} of the provider`, email: `${sub}@id.example`, email_verified: true, groups: groups.get(sub) ?? [] }),
  }),
});

createServer((request, response) => {
  const url = new URL(request.url, issuer);
  if (request.method === "POST" && url.pathname === "/test/groups") {
    groups.set(url.searchParams.get("of"), url.searchParams.getAll("in"));
    response.end();
  } else {
    provider.callback()(request, response);
  }
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
