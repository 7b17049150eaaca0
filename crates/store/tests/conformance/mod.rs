//! The laws of the store. Each is a story told to an empty, migrated store of either engine.

mod beside;
mod cases;
mod channels;
mod clocks;
mod contact;
mod desk;
mod doors;
mod ending;
mod erasing;
mod factors;
mod guard;
mod lists;
mod live;
mod log;
mod looks;
mod mail;
mod memory;
mod notices;
mod people;
mod posts;
mod reports;
mod stuck;
mod tenants;
mod texts;
mod watch;
pub mod world;

pub use beside::*;
pub use cases::*;
pub use channels::*;
pub use clocks::*;
pub use contact::*;
pub use desk::*;
pub use doors::*;
pub use ending::*;
pub use erasing::*;
pub use factors::*;
pub use guard::*;
pub use lists::*;
pub use live::*;
pub use log::*;
pub use looks::*;
pub use mail::*;
pub use memory::*;
pub use notices::*;
pub use people::*;
pub use posts::*;
pub use reports::*;
pub use stuck::*;
pub use tenants::*;
pub use texts::*;
pub use watch::*;

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
            what_holds_an_account_is_remembered_once_told_once_and_forgotten
            there_is_one_lock_and_taking_it_off_is_told
            a_notice_is_its_writer_s_and_then_whoever_s_until_it_is_sent_or_given_up
            no_two_processes_tell_or_send_the_same_notice
            notices_of_an_account_go_with_it
            an_import_that_changes_a_contact_leaves_word_of_the_old_and_keeps_the_lock
            a_stale_version_conflicts_and_writes_nothing
            of_concurrent_commits_on_one_case_exactly_one_wins
            five_hundred_concurrent_commits_all_land
            a_form_token_declares_once
            an_ill_formed_commit_is_an_error
            the_journal_folds_to_the_row
            an_open_case_is_found_by_its_card
            of_two_cases_that_would_end_one_card_the_later_is_decided_again
            a_withdrawal_that_lost_its_race_lets_nobody_else_end_the_card
            a_correction_that_lost_its_race_takes_no_other_card
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
            a_passkey_is_its_account_s_and_outlives_an_import
            a_passkey_s_count_only_grows
            the_last_passkey_can_be_kept
            a_recovery_code_is_good_once
            a_provider_s_person_has_one_account_and_outlives_an_import
            a_browser_is_new_once_for_each_account_and_forgotten_after_four_hundred_days
            several_steps_of_a_case_are_one_change
            a_session_changes_with_the_case_or_not_at_all
            what_stands_beside_a_lost_change_is_left_alone
            uses_are_counted_in_the_window_that_is_open
            a_visit_is_a_session_and_who_is_signed_in
            a_draft_s_file_is_swept_and_a_case_s_is_kept
            of_two_changes_to_an_account_the_later_is_told
            the_audit_is_chained_and_an_edit_shows
            a_mail_is_kept_once_and_its_fate_is_told
            a_sender_is_answered_once_however_often_it_is_asked
            texts_with_nul_are_taken
            a_chat_waits_from_its_first_question_to_its_answer
            a_pulse_is_shared_and_ends_by_itself
            migrating_twice_changes_nothing
            a_draft_is_its_writer_s_and_a_sent_form_keeps_none
            a_message_waits_once_and_is_taken_back_before_what_was_written_since
            a_message_is_leased_when_due_and_no_longer_taken_back_once_tried
            no_two_workers_send_the_same_message
            a_case_is_in_one_hand_and_not_taken_unseen
            a_snooze_is_due_by_its_time_or_by_a_change
            macros_are_one_s_own_or_shared_and_keys_are_on_until_switched_off
            a_filter_is_answered_from_the_index
            a_return_is_found_by_its_code_and_its_number
            a_return_is_polled_by_one
            a_stray_waits_until_somebody_places_it
            a_carrier_s_word_counts_once
            every_list_pages_forwards_and_back_without_gaps
            a_stale_index_shows_nothing_that_is_not_so
            the_index_is_the_same_however_it_was_made
            two_indexers_at_once_lose_nothing
            a_second_signature_waits_for_those_who_may_give_it
            who_wrote_last_is_known
            a_case_is_found_by_what_is_typed_of_it
            a_search_pages_newest_first
            a_case_taken_out_of_the_index_is_found_by_nothing
            a_mistyped_reference_leads_to_its_case
            a_saved_view_is_its_owners_to_change
            the_journal_is_followed_in_the_order_it_was_written
            a_stretch_is_counted_once
            a_letter_is_kept_until_it_is_finished
            a_stay_at_the_desk_is_measured_once_and_closed_once
            decisions_come_oldest_first_and_are_the_last
            marks_are_kept_and_replaced
            who_waits_for_the_desk_is_counted_by_receipt
            a_text_is_known_by_its_carrier_s_name_until_it_is_swept
            what_is_put_off_is_listed_and_counts_as_a_try_or_not
            what_is_put_off_is_paged_by_kind_and_hastened
            cards_come_in_the_order_of_their_imsi
            a_finding_is_one_while_it_lasts_and_alarms_once
            of_those_who_take_a_mark_one_gets_it
            a_record_arrives_once_and_goes_with_the_decision_on_it
            a_watched_card_is_of_the_latest_activation_that_ended
            the_ends_in_the_journal_are_followed
            the_log_grows_by_one_at_a_time_and_whole
            a_case_s_key_is_forgotten_and_its_leaves_stay
            checkpoints_never_lose_a_witness
            a_channel_wants_two_people_and_is_decided_once
            a_channel_text_keeps_its_version
            a_report_is_kept_once_and_counted_for_each_of_its_channels
            what_was_put_aside_comes_back_and_what_is_urgent_or_many_alarms_once
            who_reported_is_told_once_and_how_to_reach_them_is_forgotten
            a_case_has_one_contact_at_a_time
            of_two_who_open_a_contact_at_once_one_does
            a_contact_s_code_is_used_once_and_tried_a_few_times
            of_concurrent_tries_at_a_contact_all_count
            a_phrase_belongs_to_an_account_and_outlives_an_import
            an_agency_sees_its_own_cases_and_no_others
            a_case_is_given_and_taken_back
            a_letter_is_its_agency_s
            what_is_shared_is_shared_within_one_agency
            looks_are_chained_however_many_come_at_once
            looks_are_asked_by_case_by_person_and_by_agency
            a_reveal_is_remembered_with_its_look_and_ends_by_itself
            old_looks_are_cut_off_and_the_rest_still_proves_itself
            a_class_of_a_case_that_is_over_is_erased_once_and_nothing_else
            nothing_is_erased_while_a_hold_stands_and_two_people_end_it
            a_case_is_erased_whole_or_not_at_all
            a_case_that_moves_on_or_is_held_is_not_erased
            of_an_erasure_and_a_commit_at_once_one_wins
            a_holder_is_erased_with_the_last_of_theirs_and_comes_back_afresh
        }
    };
}
pub(crate) use over;
