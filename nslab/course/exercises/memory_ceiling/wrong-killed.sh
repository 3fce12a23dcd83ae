# not yet: the scene is no longer whole: the process @leaker@ (leaker) has ended
kill -9 @leaker@
