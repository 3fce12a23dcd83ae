# not yet: the most memory that db may have, from its group up: wanted @pot@ MiB
# It was the web server's turn to be killed, so only that was looked at.
echo @pot@M > @shop_limit@
echo @none@ > @web_limit@
