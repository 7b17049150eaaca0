//! What a provider says of itself (OpenID Connect Discovery 1.0, section 3 and 4.3; RFC 8414).

use serde::Deserialize;

use crate::key::Algorithm;

/// Why a provider cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("what it says of itself cannot be read")]
    Unreadable,
    #[error("it calls itself by another name than the configuration does; issuer must be the same, letter by letter")]
    Issuer,
    #[error("it has no authorization code flow")]
    NoCode,
    #[error("it does not take PKCE with S256")]
    NoPkce,
    #[error("it signs with neither RS256, ES256 nor EdDSA")]
    NoAlgorithm,
    #[error("it takes a client's secret neither in a header nor in a form")]
    NoClientAuth,
}

/// How we show the provider who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub client_auth: ClientAuth,
    /// It names itself in each answer to a browser (RFC 9207): one without a name is not its.
    pub names_itself: bool,
}

#[derive(Deserialize)]
struct Said {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Discovery {
    /// Reads the document that was fetched for `issuer`, which it must name itself (section 4.3).
    pub fn read(bytes: &[u8], issuer: &str) -> Result<Self, Unfit> {
        let said: Said = serde_json::from_slice(bytes).map_err(|_| Unfit::Unreadable)?;
        if said.issuer != issuer {
            return Err(Unfit::Issuer);
        }
        if !said.response_types_supported.iter().any(|kind| kind == "code") {
            return Err(Unfit::NoCode);
        }
        // Not all that have it say so; who says which and leaves S256 out has it not.
        if said.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|m| m == "S256")) {
            return Err(Unfit::NoPkce);
        }
        if !said.id_token_signing_alg_values_supported.iter().any(|alg| Algorithm::named(alg).is_some()) {
            return Err(Unfit::NoAlgorithm);
        }
        // Left out, it means the first.
        let methods = said.token_endpoint_auth_methods_supported;
        let takes =
            |method: &str| methods.as_ref().map_or(method == "client_secret_basic", |m| m.iter().any(|m| m == method));
        let client_auth = match (takes("client_secret_basic"), takes("client_secret_post")) {
            (true, _) => ClientAuth::Basic,
            (false, true) => ClientAuth::Post,
            (false, false) => return Err(Unfit::NoClientAuth),
        };
        Ok(Self {
            authorization_endpoint: said.authorization_endpoint,
            token_endpoint: said.token_endpoint,
            jwks_uri: said.jwks_uri,
            client_auth,
            names_itself: said.authorization_response_iss_parameter_supported,
        })
    }
}
