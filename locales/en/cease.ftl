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
statement-date = That day
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
check-name = Holder
check-address = Address
check-email = E-mail
check-phone = Phone
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
