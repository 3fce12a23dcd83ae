import struct

compared = [k for code, _, _, k in struct.iter_unpack("HBBI", open("@file@", "rb").read()) if code == 0x15]
for line in """@numbers@""".splitlines():
    if int(line.split()[1]) == compared[-1]:
        print(line.split()[0])
