#!/bin/sh
# Makes the shipped prompts: 8 kHz, mono, 16 bit. Needs espeak-ng and sox, which are not needed to
# build: the WAV files are committed. Everything here is our own; a prompt of the same name, uploaded
# in the console, is heard in its place.
set -eu
cd "$(dirname "$0")"

say() {
    name=$1
    shift
    espeak-ng -v en-us -s 150 -g 2 --stdout "$*" |
        sox -R -t wav - -r 8000 -c 1 -b 16 "$name.wav" \
            silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.02 0.06 norm -6
}

say abandoned-notice "Hello. We called you, and nobody is free to speak with you just now." \
    "We are sorry. If you want no more calls, please ring the number on your display. Goodbye."
say nobody-here "Thank you for calling. We are sorry: nobody can take your call just now." \
    "Please call again later. Goodbye."
say leave-a-message "Thank you for calling. Nobody can take your call just now." \
    "Please leave a message after the tone, and hang up or press the hash key when you are done."
say queue-you-are-number "Thank you for waiting. You are number"
say queue-many "Thank you for waiting. There are many callers before you."
say queue-wait-about "The wait is likely to be about"
say queue-wait-soon "The wait is likely to be less than a minute."
say queue-call-back-press "To hang up, keep your place in line, and be called back, press"
say call-back-kept "Thank you. You keep your place in line, and we will call you" \
    "at the number that you are calling from. Goodbye."
say press-to-take "This is your contact centre. Press 1 to take the call."
say call-in-number "This is the line for agents. Please enter your agent number, and press hash."
say call-in-pin "Please enter your PIN, and press hash."
say call-in-again "That was not right. Please enter your agent number, and press hash."
say call-in-goodbye "That was not right. Goodbye."
say call-in-later "That cannot be checked just now." \
    "Please call again in a few minutes. Goodbye."
say call-in-welcome "Thank you. You are connected."
say call-in-clock-in "You are not clocked in. Please clock in first, and call again. Goodbye."
say call-in-there "You have a line already. Goodbye."
say call-in-otherwise "In this shift, your line is made in another way." \
    "Please choose call-in when you clock in. Goodbye."
say call-in-barred "You cannot work just now. Please ask your supervisor. Goodbye."
say minute "minute"
say minutes "minutes"
for number in $(seq 1 20) 30 40 50 60 70 80 90; do
    say "number-$number" "$number"
done

# Eight bars of 3 s: a bass note and three plucked strings that climb the chord, over and again.
bar() {
    sox -R -r 48000 -c 5 -n -r 8000 -b 16 "$work/$1.wav" \
        synth 3 pluck "$2" pluck "$3" pluck "$4" pluck "$5" pluck "$4" \
        delay 0 0.375 0.75 1.125 1.875 remix - lowpass 3000 trim 0 3 fade 0.005 3 0.25
}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
bar 1 C3 E4 G4 C5
bar 2 A2 C4 E4 A4
bar 3 F2 A3 C4 F4
bar 4 G2 B3 D4 G4
bar 5 E3 G4 B4 E5
bar 6 A2 E4 A4 C5
bar 7 D3 F4 A4 D5
bar 8 G2 D4 F4 B4
sox -R "$work"/[1-8].wav -b 16 hold-music.wav norm -10
