//! The OsmoHLR connector against a real one: the laws that the fake keeps too.

mod osmo_hlr_laws;

use osmo_hlr_laws::*;
use reach::element::osmo_hlr::Settings;

fn real() -> Settings {
    let host = std::env::var("CEASE_TEST_HLR").expect("run ./test --only network");
    let door = |port: u16| format!("{host}:{port}");
    Settings { ctrl: door(4259), vty: door(4258), gsup: door(4222), ..Settings::default() }
}

#[tokio::test]
async fn who_is_not_there_is_gone() {
    who_is_not_there_is_gone_and_nobody_is_touched(&real()).await;
}

#[tokio::test]
async fn bar_and_unbar() {
    a_barred_card_is_detached_and_may_not_attach_until_it_is_put_back(&real()).await;
}

#[tokio::test]
async fn cease() {
    an_attached_card_is_detached_deleted_and_refused(&real()).await;
}

#[tokio::test]
async fn many_at_once() {
    many_at_once_end_and_the_others_stay(&real()).await;
}

#[tokio::test]
async fn a_machine_that_is_away() {
    a_machine_that_is_away_is_waited_for_but_not_for_ever(&real()).await;
}

#[tokio::test]
async fn two_processes() {
    two_processes_of_a_desk_do_not_take_each_others_answers(&real()).await;
}

#[tokio::test]
async fn inventory() {
    the_inventory_comes_in_order_page_by_page(&real()).await;
}

#[tokio::test]
async fn probe() {
    it_says_whether_it_answers(&real()).await;
}
