# not yet: wanted the key that you answered; found another
# In the second layer that has one: neither the first nor the last.
import json
import tarfile

image = tarfile.open("@image@")
found = []
for name in json.load(image.extractfile("manifest.json"))[0]["Layers"]:
    layer = tarfile.open(fileobj=image.extractfile(name))
    if "app/key" in layer.getnames():
        found.append(layer.extractfile("app/key").read().decode())
print(found[1])
