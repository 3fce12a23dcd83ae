import tempfile

import nslab
from nslab.container import rootfs

place = tempfile.TemporaryDirectory()
rootfs.make(f"{place.name}/root")
running = nslab.Container(f"{place.name}/root", capabilities=["@capability@"]).start(["sleep", "@seconds@"], stream=False)
child = running.__enter__()
