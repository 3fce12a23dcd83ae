# not yet: wanted the key that you answered; found another
# The first layer that has one: it was changed since.
import json
import tarfile

image = tarfile.open("@image@")
for name in json.load(image.extractfile("manifest.json"))[0]["Layers"]:
    layer = tarfile.open(fileobj=image.extractfile(name))
    if "app/key" in layer.getnames():
        print(layer.extractfile("app/key").read().decode())
        break
