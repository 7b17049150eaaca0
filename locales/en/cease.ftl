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

# Files, wherever one is sent.
file-empty = This file is empty. Choose it again, or take the photo again.
file-too-large = This file is larger than 8 MB. Choose a smaller one, or take the photo at a lower size.
file-too-many-pixels = This picture is larger than 40 megapixels. Take the photo at a lower size.
file-unknown-kind = We can read JPEG, PNG and WebP pictures and PDF. Save the file as one of these, or take a photo of it.
file-disagrees = The name of this file does not fit what is in it. Save it again as a picture or as a PDF.
file-broken = This file is damaged or incomplete. Open it to see whether it is whole, then send it again.

# Shared by the pages of the journey.
counter-back = Back
counter-continue = Continue
counter-optional = (optional)
counter-error = Error:
counter-errors = { $n ->
    [one] One thing to put right
   *[other] { $n } things to put right
}
counter-struck = We struck out what looks like a bank card or ID number. We never need it. Read the field again, then continue.
sign-in-first = Sign in first
sign-in-first-text = This operator cancels cards only from the holder’s account. Sign in, and you come straight back here. If you cannot sign in, reach us another way.
already = You have cancelled already: { $reference }
already-text = Your declaration has arrived, once. There is nothing left to send. The receipt and every next step stand with your case.
already-receipt = Open the receipt
already-another = Cancel another card

# Kinds of number.
kind-iccid = Card number (ICCID)
kind-partial-iccid = Last digits of the card number
kind-eid = EID
kind-imei = IMEI
kind-imsi = IMSI
kind-msisdn = Phone number
kind-serial = Serial number
kind-card = Card

# Start.
start-lede = You need the card’s number and about five minutes. You do not need an account, and you do not have to say why.
start-lede-sign-in = You need the card’s number, your account, and about five minutes. You do not have to say why.
start-resume = You have started already
start-resume-text = Your answers are kept in this browser.
start-resume-link = Go on where you were
start-hello = Hello, { $name }
start-follow = Follow a case you started
start-takes = Takes
start-takes-text = Five minutes. The card ends at once if nothing is missing; otherwise you hear within { $hours } hours
start-costs = Costs
start-cost-nothing = Nothing
start-cost-if-returned = Nothing; { $sum } only if a device has to be posted back
start-cost-at-most = { $sum } at most
start-get = You get
start-get-text = A receipt at once, then a signed certificate
start-before = Before you start
start-number = Have the card’s number ready
start-number-text = It is printed on the card, on its box or on the device, or shown in your phone’s settings. We show you where.
start-contact = Have an e-mail or phone at hand
start-contact-text = We send a short code to the contact bound to the card. It need not be the card itself, so a lost card is no obstacle.
start-backup = Save what is on it
start-backup-text = Once the card has ended, nothing on it can be brought back.
start-backup-list = What to save
backup-contacts = Contacts and messages kept on the SIM
backup-microsd = Photos and files on the microSD card of a pocket router
backup-voicemail = Voicemail
backup-two-factor = Bank, e-mail and other sign-ins that send codes to this number: move them to another number first
backup-bills = Bills and usage lists that you may need later
start-fees = Know the cost first
start-fees-text = You see every fee before you decide. It is never a penny more.
start-impostors = How to tell us from impostors
impostor-numbers = We never ask for bank card or ID numbers
impostor-numbers-text = Not here, not by phone, not by mail. Cancelling needs neither.
impostor-groups = No Telegram or WhatsApp group is ours
impostor-groups-text = Nobody in such a group can cancel your card. Do not give them its number.
impostor-codes = Our codes are for this website only
impostor-codes-text = Nobody who works here asks you to read out a code.
start-channels = Other ways to reach us
start-really-us = Is this really us?
start-example = An example. Yours begins with 89.
channel-mail = Write which card, and your name. It counts from the moment it arrives.
channel-case = Ask about a case
channel-case-text = With its reference you can ask, add a file or take it back.
own-none = There is no card in service on your account.
own-cancel = Cancel this card
own-under-way = Cancellation under way

# Which card.
find-title = Which card do you want to cancel?
find-another = Or another card
find-label = The card’s number
find-hint = Card number (ICCID), EID, IMEI, printed serial or phone number. Spaces and hyphens do not matter. If only the last digits are printed, enter those.
find-anyway = Use this number all the same
find-lost = I do not have the card any more
find-lost-text = Enter its phone number. You can also look on the box, on an old bill, or in the phone’s settings if it was an eSIM.
find-where = Where the number is
find-sim = On the SIM
find-sim-text = On its back, or on the frame it was broken out of
find-mifi = Pocket router
find-mifi-text = On the label under the battery
find-stick = USB stick
find-stick-text = On its back, or inside the cover
find-box = The box
find-box-text = On the label with the bar code
find-phone = Phone settings
find-phone-text = Settings, About: EID or ICCID
number-check-failed = { $number } does not add up: most likely one digit is wrong. Compare it with the card. If it is printed like this, use it all the same.
number-empty = Enter a number of the card. The pictures below show where it is.
number-too-short = This number is too short ({ $digits } digits). Enter all of the number, or at least the last six digits of the card number.
number-too-long = This is too long for one number. Enter one number only.
number-no-such-length = No card has a number of { $digits } digits. Compare it with the card: some digit is missing or doubled.
number-wrong-length = { $kind }: { $digits } digits cannot be right. Compare it with the card, or enter it without the label.
number-not-an-iccid = A card number begins with 89, and this one does not. Look for a number that begins with 89, or enter the phone number.
number-not-a-phone-number = No phone number looks like this. Check the country code, such as +44 or +86, and the digits after it.
number-not-a-number = This is neither a number nor one of our serials. Enter the digits as printed, or the phone number.
number-rounded = A spreadsheet has rounded this number, and its last digits are lost. Take it from the card itself.
number-activation-code = This is the activation code of an eSIM, which names no card once it is used. Enter the EID or ICCID from the phone’s settings.
number-bank-card = This looks like the number of a bank card. We did not keep it, and we never need it. Enter the number of the SIM or data card: it begins with 89.
number-identity-number = This looks like an identity number. We did not keep it, and we never need it. Enter the number of the SIM or data card: it begins with 89.

# Who you are.
you-title = Who are you, and how do we reach you?
you-lede = We compare this with the card’s record. Where something differs, you can mend it.
you-name = The holder’s full name
you-name-hint = As it was given when the card was bought
you-name-empty = Enter the full name of the card’s holder
you-name-long = Enter a name of at most { $max } characters
you-contact = Where we reach you
you-contact-hint = Give at least one. The receipt and the certificate go there.
you-contact-empty = Enter an e-mail address or a phone number, so that we can reach you
you-email = E-mail address
you-email-wrong = Enter an e-mail address like name@example.com
you-phone = Phone number
you-phone-hint = Another one than the card’s, if you have it. From abroad with the country code, such as +86.
you-phone-wrong = Enter a phone number with its country code, such as +44 7700 900123
you-address = Postal address
you-address-hint = Only if the card’s record has one, or a device goes back by post
you-address-long = Enter an address of at most { $max } characters
you-trap = Leave this empty

# When, and in your own words.
statement-title = When should the card end?
statement-when = The day
statement-soon = As soon as possible
statement-soon-now = Today, where nothing is missing
statement-soon-notice = { $days ->
    [one] After one day’s notice
   *[other] After { $days } days’ notice
}
statement-day = On a day I choose
statement-date = The day you choose
statement-date-hint = Only if you choose a day: { $today } or later. The card works until that day is over.
date-empty = Choose the day, or choose “as soon as possible”
date-wrong = Enter a day as year, month, day, such as 2026-11-27
date-past = This day is over. Choose today or a later day.
date-far = This is more than two years ahead. Choose an earlier day.
statement-more = Anything you want to add
statement-more-hint = You do not have to say anything, least of all why. With your own words or a letter, a person reads it first.
statement-words = In your own words
statement-words-hint = At most 4,000 characters. Please write no bank card or ID numbers; we strike them out.
statement-long = You wrote { $n } characters. At most { $max } fit; add the rest as a PDF.
statement-letter = A written statement
statement-letter-hint = A photo (JPEG, PNG, WebP) or PDF, up to 8 MB, at most three files
statement-add = Add this file
statement-files = Files
statement-remove = Remove
statement-no-file = Choose a file first, then add it
statement-files-full = You have added { $max } files, which is all we can take here. Remove one to add another.

# Before it ends.
before-title = Three things before your card ends
before-cost = You will owe { $sum }
before-cost-at-most = You will owe { $sum } at most
before-cost-text = Line by line below. Nothing else will be charged.
before-cost-nothing = You owe nothing
before-cost-nothing-text = There is no fee for cancelling. Nothing will be charged.
before-gone = What is on the card will be gone
before-gone-text = Contacts, messages, voicemail and the number itself. Save what you need, and move sign-ins that send codes to this number.
before-never-ask = We never ask for bank card or ID numbers
before-never-ask-text = Whoever asks you for them about this case is not us.
before-backup = Have you saved what is on the card?
before-backup-hint = It cannot be brought back afterwards.
before-backup-saved = I have saved what I need
before-backup-nothing = There is nothing to save
before-backup-empty = Say whether you have saved what is on the card
before-total-changed = The cost has changed since you opened this page. Read it again below, then continue.
before-changed = The cost is higher than the one you agreed to
before-changed-text = You changed the card, or we know now which one it is. Nothing is owed until you agree again.
before-go = I have read this
before-agree = I have read this and agree to the cost
quote-caption = What it costs
quote-only-if-returned = Only if a device has to be posted back
quote-total = You pay
quote-at-most = At most
fee-postage = Postage
fee-return-postage = Return postage

# Check, then cancel.
check-title = Check your answers, then cancel the card
check-changed = Your answers have changed
check-changed-text = You changed them in another window. Nothing was sent. This is what we have now.
check-digit = The check digit of this number does not fit; compare it with the card.
check-another = Change the card’s number
check-change = Change
check-field-name = Holder
check-field-address = Address
check-field-email = E-mail
check-field-phone = Phone
check-not-given = Not given
check-fits = Fits our record
check-differs = Differs from our record
check-missing = Our record has this too
check-mend = Mend it
check-ends = Ends
check-backup = What is on the card
check-backup-no = Not asked
check-costs = What it costs
check-unproven = You have not shown yet that the card is yours
check-unproven-text = You can cancel all the same: your declaration counts from now. The card ends once you have confirmed with a code.
check-unproven-link = Confirm now
check-cancel-now = Cancel this card now
check-after = You get a receipt at once, and you can take it back as long as the card has not ended.

## Account

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

# Nothing a person typed goes into a letter. An SMS (…-sms) has no link and no character beyond GSM-7.
letter-hello = Hello,
letter-row-reference = Reference
letter-row-card = Card
letter-row-received = Received
letter-row-wanted = To end
letter-row-fee = Fee
letter-row-end = Card ends
letter-row-ended = Card ended
letter-row-billing-end = Charges end
letter-row-number = Number kept back until
letter-not-yet = not decided yet
letter-no-fee = none
letter-not-you = Did you not ask for this? Open the page below and say so at once. As long as the card has not been deleted, we can stop it.
letter-page = See your case, and answer us, here:
letter-really-us = To make sure that this message is from us, do not use a link: type { $url } into your browser and enter the reference { $reference }. We never ask for your bank card number or ID number, on any channel.
letter-automatic = This message was sent automatically. Answer on the page of your case, where we read it.
letter-next-needs = What happens next: we still need the following from you, by { $by }.
letter-next-needs-late = If we have not heard from you by then, a person at our desk takes over. Your cancellation is not lost.
letter-next-review = What happens next: a person at our desk looks at your case and decides by { $by }. You need do nothing.
letter-next-scheduled = What happens next: the card ends on { $end }. You need do nothing, and until then you can still change your mind.
letter-next-ceasing = What happens next: the network is letting go of the card. You will get your certificate when we have made sure that it is gone.
letter-next-ceased = The card has ended. Your certificate comes in a message of its own.
letter-next-certified = The card has ended. Your certificate is on the page of your case.
letter-next-ended = As things stand, this cancellation is not going on. The page of your case says why.
letter-next-contested = Everything that cannot be undone has been stopped. A person at our desk looks at the case by { $by }.
letter-need-identity = Show that it is you: sign in, or ask for a code on the page of your case.
letter-need-match = Give another number for the card. We could not find it by the one you gave.
letter-need-document = Add the document that we asked for.
letter-need-card = Send the card or device back to us. The page of your case says where to.
letter-need-consent = Agree to the fee of { $fee }.
letter-need-backup = Confirm that you have backed up what you want to keep.
letter-receipt-subject = We have your cancellation { $reference }
letter-receipt-what = We received your cancellation on { $received }. This is your receipt.
letter-receipt-asap = as early as possible
letter-receipt-enclosed = Your receipt is attached as a signed file. Keep it: it proves that you told us, and when.
letter-receipt-sms = { $operator }: on { $received } we received your cancellation { $reference } of the card ending in { $card }. Not you? Tell us at once. We never ask for bank card or ID numbers.
letter-missing-subject = We need something for your cancellation { $reference }
letter-missing-what = We have looked at your cancellation and need something from you before we can go on.
letter-missing-where = We have also left you a message. Read it, and answer it, on the page of your case.
letter-missing-sms = { $operator }: we need something for your cancellation { $reference }, by { $by }. Look up your case on our website. We never ask for bank card or ID numbers.
letter-reminder-subject = Reminder: your cancellation { $reference } is waiting for you
letter-reminder-what = Your cancellation cannot go on yet, because something is still missing.
letter-reminder-sms = { $operator }: your cancellation { $reference } is waiting for you, until { $by }. Look up your case on our website. We never ask for bank card or ID numbers.
letter-scheduled-subject = Your cancellation { $reference } has been accepted
letter-scheduled-what = Your cancellation has been accepted, and the day on which the card ends is set.
letter-scheduled-sms = { $operator }: cancellation { $reference } is accepted. The card ending in { $card } stops on { $end }. Not you? Tell us at once. We never ask for bank card or ID numbers.
letter-barred-subject = Your card is out of service: cancellation { $reference }
letter-barred-what = Your card has been out of service since { $since }.
letter-barred-next = What happens next: on { $until } the card is deleted for good. Until then it can be put back into service; afterwards it cannot.
letter-barred-sms = { $operator }: the card ending in { $card } is out of service (cancellation { $reference }) and is deleted for good on { $until }. Not you? Tell us before then. We never ask for bank card or ID numbers.
letter-delayed-subject = We are late with your cancellation { $reference }
letter-delayed-what = We promised you a decision by { $promised } and have not kept that promise. We are sorry.
letter-delayed-next = What happens next: your case is now marked as late at our desk, and we write to you as soon as it is decided. Your cancellation still counts from { $received }. You need do nothing.
letter-delayed-sms = { $operator }: we are late with your cancellation { $reference } and are sorry. It still counts from the day we received it. We write as soon as it is decided.
letter-refused-subject = We cannot carry out your cancellation { $reference } as it is
letter-refused-what = We cannot carry out your cancellation as it stands. We are not ending your card.
letter-refused-difference = Some of what you gave us differs from our records. The page of your case shows which fields. Correct them there, and your cancellation goes on.
letter-refused-desk = The page of your case gives the reason and says what you can do.
letter-refused-next = The date on which you told us stays on record.
letter-refused-sms = { $operator }: we cannot carry out your cancellation { $reference } as it is. Look up your case on our website: it says why, and what you can do. We never ask for bank card or ID numbers.
letter-withdrawn-subject = Cancellation { $reference } has been withdrawn
letter-withdrawn-what = Your cancellation was withdrawn on { $at }.
letter-withdrawn-next = We are not ending your card. If it was taken out of service for this, we are putting it back. You can cancel again at any time.
letter-withdrawn-sms = { $operator }: cancellation { $reference } has been withdrawn. We are not ending the card ending in { $card }. We never ask for bank card or ID numbers.
letter-contested-subject = Stopped: cancellation { $reference } may not be yours
letter-contested-what = On { $at } we were told that this cancellation did not come from the card’s holder. Everything that cannot be undone has been stopped.
letter-contested-unbar = The card was already out of service. We are putting it back.
letter-contested-next = What happens next: a person at our desk looks at the case by { $by }. Nothing more happens to the card until then.
letter-contested-sms = { $operator }: cancellation { $reference } has been stopped, because we were told that it is not yours. A person looks at it by { $by }. Nothing more happens to the card ending in { $card }. We never ask for bank card or ID numbers.
letter-certificate-subject = Your card has ended: certificate { $reference }
letter-certificate-what = Your card ended on { $ended }. We asked the network again afterwards: the card is gone.
letter-certificate-enclosed = Your certificate is attached as a signed file. Keep it. Anyone can check it, without asking us or at { $url }.
letter-certificate-page = Your certificate is on the page of your case. Download it and keep it. Anyone can check it, without asking us or at { $url }.
letter-certificate-next = What happens next: do not use the card any more, and look out for use or charges after its end. We keep your case open for that until { $watch }; if you see any, tell us there.
letter-certificate-sms = { $operator }: the card ending in { $card } ended on { $ended }. Your certificate is on the page of case { $reference } on our website. We never ask for bank card or ID numbers.
letter-reply-subject = There is a message for you in case { $reference }
letter-reply-what = Our desk has written to you about your cancellation. Read it, and answer it, on the page of your case.
letter-reply-sms = { $operator }: there is a message for you about your cancellation { $reference }. Look up your case on our website. We never ask for bank card or ID numbers.

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
