# not yet: in the network of shop: wanted 0 outside of shop; found 2 outside of shop
# In shop nobody is to be seen who could be ended.
@nslab@ enter port-of-nobody.shop sh -c '
    ss -Hltnp "sport = :@port@" | grep -o "pid=[0-9]*" | cut -d = -f 2 | xargs -r kill -9'
