# Every sentence in English, the language every key must have.
# Sections: frame, trouble, counter, account, case, desk, letters, demo, command line.

## Frame

nav-skip = Skip to the content
nav-label = Language and account
nav-cancel = Cancel a card
nav-sign-in = Sign in
nav-sign-out = Sign out
foot-label = More from us
foot-follow = Follow your case
foot-verify = Verify a certificate
foot-channels = Other ways to reach us
foot-never-ask = We never ask for your bank card number or ID number, on any channel.
foot-privacy = We keep only what the cancellation needs, and delete it when the law lets us.
desk-name = Desk
desk-nav = Desk
desk-queue = Queue
desk-search = Reference, card number, name

## Trouble

trouble-home = Go to the start page
trouble-back = Go back
trouble-not-found = This page does not exist
trouble-not-found-text = Check the address. If you followed a link from a message, open it again from there.
trouble-stale = This form is out of date
trouble-stale-text = It was open for too long, or was sent from another page. Nothing was done. Open it again; what you saved is still there.
trouble-stale-again = Open it again
trouble-forbidden = This page is not for you
trouble-forbidden-text = You may be signed in as someone else.
trouble-too-many = Too many tries
trouble-too-many-text = Wait about { $minutes } minutes, then try again. Nothing you entered was lost.
trouble-too-large = This is too large
trouble-too-large-text = A file may have at most 8 MB. Choose a smaller one, or take the photo again at a lower size.
trouble-bad = We could not read this request
trouble-bad-text = Nothing was done. Go back and try again.
trouble-refused = This cannot be done now
trouble-unavailable = The desk cannot answer right now
trouble-unavailable-text = Nothing you declared before is lost. Try again in a minute.
refusal-not-yours = This is not something you can do here.
refusal-wrong-stage = The case has moved on, and this is no longer possible.
refusal-too-late = It is too late: the network has been told to end the card.
refusal-same-person = You have signed already. A second person must approve.
refusal-needs-approver = The second signature must be an approver’s.
refusal-still-lacking = Something is still missing that no signature replaces: the card is not found, not returned, or the fees are not agreed.
refusal-not-proven = We could not confirm that it is you. Ask for a new code.
refusal-bad-text = Write something, at most 4,000 characters.
refusal-already-ceased = This card has already ended.
refusal-nothing-owed = This has been reported before.
refusal-pending = The network has not answered yet. Try again in a moment.
refusal-taken = This reference is taken.

## Counter

start-title = Cancel a data card, SIM or eSIM

## Account

account-error = Error:{" "}
account-errors = There is something to put right
sign-in-title = Sign in
sign-in-not-needed = You can cancel a card without an account. Signing in only saves you typing.
sign-in-login = Sign-in name, e-mail or phone number
sign-in-password = Password
sign-in-app = I use an authenticator app
sign-in-code = Code from your authenticator app
sign-in-code-hint = Six digits. Leave it empty if you never set one up.
sign-in-button = Sign in
sign-in-forgotten = I have forgotten my password
sign-in-without = Cancel a card without signing in
sign-in-wrong = These details do not fit together. Check the name, the password and, if you use one, the code. Each code works once.
sign-in-desk-title = { $operator } desk
sign-in-desk-login = Sign-in name
sign-in-desk-code-hint = Six digits. Each code works once.
sign-in-desk-wrong = Name, password or code is not right. Each code works once.
recover-title = Set a new password
recover-back = Back to sign-in
recover-intro = We send a link to the e-mail address of your account.
recover-login-empty = Enter your sign-in name, e-mail or phone number
recover-button = Send me a link
recover-again = Ask for another link
recover-sent-title = Look at your e-mail
recover-sent = If we know this account, a link is on its way to its e-mail address.
recover-sent-life = The link works once, for 30 minutes. Nothing changes until you have set a new password with it.
recover-sent-nothing = Nothing there after a few minutes? Look in the spam folder. If your account has no e-mail address, you can still cancel a card without signing in.
recover-new-title = Choose a new password
recover-new-intro = A few unrelated words are easy to remember and hard to guess.
recover-new-password = New password
recover-new-button = Set the password
recover-new-after = You will be signed out everywhere, and we tell all contacts of your account.
recover-done-title = Your password is set
recover-done = You are signed out everywhere. Sign in with the new password.
recover-gone-title = This link no longer works
recover-gone = It was used, is older than 30 minutes, or a newer change has replaced it. Your password has not been changed by it.
recover-mail-subject = { $operator }: set a new password
recover-mail-asked = Someone, probably you, has asked to set a new password for the account { $login }. Open this link to do it:
recover-mail-life = The link works once, for 30 minutes.
recover-mail-not-you = If this was not you, do nothing: your password stays as it is. We never ask you to send this link or read it to anyone.
password-hint = At least 15 characters; with an authenticator app, at least 8. Pasting is fine.
password-too-short = Use at least 15 characters, or at least 8 if you use an authenticator app
password-too-long = Use at most 256 characters
password-common = Many people use this password. Choose another, such as a few unrelated words
password-guessable = Leave out your sign-in name and our name
password-code-wrong = Enter the six digits your authenticator app shows now. Each code works once
notice-password-changed = The password of your account was changed.
notice-second-factor-on = Signing in to your account now also needs a code from an authenticator app.
notice-second-factor-off = Signing in to your account no longer needs a code from an authenticator app.
notice-not-you = You are signed out everywhere else. If this was not you, set a new password at once: { $url }/recover
code-subject = { $operator }: your code is { $code }
code-mail-is = Your code is { $code }
code-mail-what = It is for { $what }. It works once, for 10 minutes.
code-mail-safe = We never ask you to read this code to anyone, on the phone or in a chat. Whoever asks is not us.
code-for-card = showing that a card you want to cancel is yours
code-for-case = your cancellation { $reference }
code-for-else = your request
code-sms = { $operator }: { $code } is your code for { $what }. Valid 10 minutes. We never ask you to read it to anyone.
confirm-title = Show that it is you
confirm-back = Back
confirm-case = Case
confirm-choose = Where should we send a code?
confirm-choose-hint = It goes to a contact we already have for this card. We do not show it here, so that nobody can find it out.
confirm-by-email = The e-mail address of the card’s account
confirm-by-email-hint = Choose this if the card itself is lost
confirm-by-phone = The phone number of the card’s account, by SMS
confirm-by-phone-hint = You need a phone that still receives messages to it
confirm-by-missing = Choose where we should send the code
confirm-send = Send the code
confirm-proven = You have just shown who you are. Confirm that this case is yours.
confirm-proven-button = This case is mine
confirm-code-title = Enter the code
confirm-sent-email = If this card is in our records, a code is on its way to the e-mail address we have for it.
confirm-sent-phone = If this card is in our records, a code is on its way to the phone number we have for it.
confirm-code = Six-digit code
confirm-code-hint = It works for 10 minutes. Spaces do not matter.
confirm-code-button = Confirm
confirm-wrong = { $left ->
    [one] This is not the code. You have 1 more try
   *[other] This is not the code. You have { $left } more tries
}
confirm-gone = This code no longer works: it was used, is older than 10 minutes, or was tried too often. Ask for a new one
confirm-nothing = No code has arrived
confirm-nothing-text = It can take a minute. Look in the spam folder. A code you got before stays good if you ask for another.
confirm-resend = Send another code
confirm-other-phone = Send it by SMS instead
confirm-other-email = Send it by e-mail instead
confirm-cannot = I cannot receive a code
confirm-cannot-card = Go on without. Your cancellation is received all the same; a person will then check who you are, which takes longer.
confirm-cannot-card-button = Go on without a code
confirm-cannot-case = A person will look at your case and contact you.
confirm-cannot-case-button = Ask for a person
account-title = Your account
account-desk = Go to the desk
account-cards = Your cards
account-no-cards = There are no cards in this account.
account-cancel = Cancel
account-card-ended = Ended
account-card-iccid = Card number (ICCID)
account-card-eid = EID
account-card-serial = Serial number
account-card-msisdn = Phone number
account-card-imei = IMEI
account-card-imsi = IMSI
account-card-card = Card
account-cases = Your cancellations
account-no-cases = You have not cancelled a card here.
account-case-received = Received { $day }
account-stage-received = Waiting for you
account-stage-review = We are checking
account-stage-scheduled = Planned
account-stage-ceasing = Being ended
account-stage-ceased = Ended
account-stage-closed = Closed
account-stage-refused = Not accepted
account-stage-withdrawn = Taken back
account-stage-contested = Stopped
account-sessions = Where you are signed in
account-session-unknown = A browser
account-session-since = Since { $moment }
account-session-this = Here
account-session-end = Sign out
account-sessions-end-others = Sign out everywhere else
account-password-change = Set a new password
account-password-wrong = Enter your present password
account-password-short = First set a password of at least 15 characters: without the app it must stand alone
account-second = Authenticator app
account-second-on = On
account-second-staff = Staff always sign in with a code.
account-second-why = With it, a stolen password alone opens nothing.
account-second-set-up = Set it up
account-second-scan = Scan this with your authenticator app.
account-second-qr = QR code for your authenticator app
account-second-type = Or type this key:
account-second-code = Code the app shows now
account-second-switch-on = Switch it on
account-second-off-title = Switch it off
account-second-off = Switch it off

## Case

## Desk

## Letters

## Demo

demo-title = The demo’s outbox
demo-lede = What this demo would have sent, newest first. Nothing leaves this machine.
demo-strip = This is a demo of a made-up operator. Mail, texts and sign-in codes are on the
demo-strip-link = demo page
demo-people = Sign in as
demo-code = code now:
demo-part-holder = Holder
demo-part-agent = Agent
demo-part-approver = Approver
demo-part-admin = Admin
demo-sent = Sent
demo-empty = Nothing sent yet
demo-empty-text = Cancel a card, and the receipt appears here.
demo-sms = Text message
demo-to = To

## Command line
