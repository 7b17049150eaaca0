//! The laws of the store. Each is a story told to an empty, migrated store of either engine.

mod cases;
mod desk;
mod mail;
mod people;
pub mod world;

pub use cases::*;
pub use desk::*;
pub use mail::*;
pub use people::*;

/// Tells every law to a store of its own, made by `$fresh` (which also gives what must outlive it).
macro_rules! over {
    ($fresh:ident: $($law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $law() {
            let (store, _kept) = $fresh().await;
            conformance::$law(store).await;
        }
    )*};
    ($fresh:ident) => {
        over! { $fresh:
            a_commit_is_read_back_whole
            a_stale_version_conflicts_and_writes_nothing
            of_concurrent_commits_on_one_case_exactly_one_wins
            five_hundred_concurrent_commits_all_land
            a_form_token_declares_once
            an_ill_formed_commit_is_an_error
            the_journal_folds_to_the_row
            an_open_case_is_found_by_its_card
            an_effect_is_claimed_once_and_again_after_its_lease_and_gone_when_settled
            no_two_workers_get_the_same_effect
            an_effect_held_by_who_owes_it_is_nobody_elses_until_then
            a_retry_waits_for_its_time
            due_cases_come_soonest_first
            a_deadline_can_be_moved_until_the_case_has
            lists_have_no_gaps_or_repeats_while_rows_move
            counts_follow_the_stages
            a_switch_is_made_once_for_each_key
            an_import_is_all_or_nothing
            an_import_leaves_alone_what_holders_and_switches_have_set
            cards_are_found_by_every_number
            files_are_kept
            accounts_are_found_by_login_and_contact
            a_login_belongs_to_one_account
            a_code_is_right_once_and_wrong_a_few_times
            of_concurrent_tries_one_is_right
            limits_count_in_their_window
            concurrent_hits_are_all_counted
            sessions_live_until_ended_or_swept
            an_ended_session_stays_ended
            of_concurrent_changes_to_a_session_none_is_lost
            a_step_is_spent_once_and_alone
            the_audit_is_chained_and_an_edit_shows
            a_mail_is_kept_once_and_its_fate_is_told
            a_sender_is_answered_once_however_often_it_is_asked
            texts_with_nul_are_taken
            migrating_twice_changes_nothing
        }
    };
}
pub(crate) use over;
