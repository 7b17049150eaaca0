//! What staff see of a case that has been erased: what anybody sees.

use super::*;
use crate::web::case::erased::Said;

#[derive(Template)]
#[template(path = "desk/erased.html")]
struct Erased {
    p: Page,
    said: Said,
}

pub(super) async fn page(app: &Shared, visit: &Visit, reference: &str) -> Answer {
    let p = Page::new(app, visit);
    let case = match reference.parse() {
        Ok(reference) => app.store.case(reference).await?,
        Err(_) => None,
    };
    let case = case.ok_or(Trouble::NotFound)?;
    let said = Said::of(app, &p, &case).await?.ok_or(Trouble::NotFound)?;
    Ok(html(StatusCode::OK, &Erased { p, said }))
}
