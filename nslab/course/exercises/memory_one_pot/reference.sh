echo @pot@M > @shop_limit@
echo @none@ > @web_limit@
echo @none@ > @db_limit@
