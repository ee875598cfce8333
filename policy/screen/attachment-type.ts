/**
 * Kinds of attachments by their labels: a file name's extension and a MIME type.
 *
 * The extensions are those that Microsoft and Google block in mail, by what opens them. Labels are the sender's word;
 * the kind by content is told by `protocol/content/mime`.
 */
import { comparable } from './glob.ts';
import type { AttachmentType } from './message-facts.ts';

const EXTENSIONS: Readonly<Record<AttachmentType, string>> = {
  executable:
    'exe com scr pif cpl dll drv sys ocx msi msp mst msix msixbundle appx appxbundle appinstaller application gadget jar jnlp ' +
    'class xll lnk chm hlp scf url website webpnp desktop apk ipa deb rpm elf so dylib pkg mpkg app ex ex_ diagcab crx xpi grp ' +
    'msc mcf pyc pyo pyd pyz pyzw vxd 386 air settingcontent-ms appref-ms appcontent-ms library-ms search-ms searchconnector-ms',
  script:
    'js jse mjs vb vbe vbs vbp wsf wsh wsc ws sct bat cmd btm hta ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 psm1 msh msh1 msh2 ' +
    'mshxml msh1xml msh2xml reg inf ins isp sh bash csh ksh zsh py pyw pl rb php phps asp aspx asa cgi tcl scpt applescript osx ' +
    'workflow csc fxp prg shb shs slk iqy rgs job jsx',
  'macro-document': 'docm dotm xlsm xltm xlsb xlam xla xlm pptm potm ppam ppsm sldm ppa wll accde accda accdr mde',
  archive:
    'zip zipx rar r00 r01 7z tar gz gzip tgz bz2 tbz tbz2 xz txz lz lzma zst z tz cab arj arc ace lzh lha zoo cpio sit sitx uu uue ' +
    'bhx hqx egg alz wim 001',
  'encrypted-archive': '',
  'disk-image': 'iso img vhd vhdx vmdk vdi dmg sparseimage udf nrg mdf mds toast qcow2 ima',
  html: 'html htm shtml shtm xhtml xht mht mhtml',
  tnef: '',
};

const MIME_TYPES: Readonly<Record<AttachmentType, string>> = {
  executable:
    'application/x-msdownload application/x-msdos-program application/x-dosexec application/x-executable application/exe ' +
    'application/x-exe application/dos-exe application/x-winexe application/msdos-windows application/x-ms-installer ' +
    'application/x-msi application/vnd.microsoft.portable-executable application/java-archive application/x-java-archive ' +
    'application/x-elf application/x-sharedlib application/x-mach-binary application/x-ms-shortcut ' +
    'application/vnd.android.package-archive application/x-java-jnlp-file application/x-ms-application ' +
    'application/x-debian-package application/x-rpm application/x-pie-executable application/wasm',
  script:
    'application/javascript text/javascript application/x-javascript application/ecmascript text/ecmascript text/vbscript ' +
    'application/x-vbscript application/x-sh text/x-sh application/x-shellscript text/x-shellscript application/x-bat ' +
    'application/bat application/hta application/x-powershell text/x-python application/x-python application/x-perl text/x-perl ' +
    'application/x-php text/x-php application/x-httpd-php application/x-csh text/scriptlet text/x-vbscript text/jscript',
  'macro-document':
    'application/vnd.ms-word.document.macroenabled.12 application/vnd.ms-word.template.macroenabled.12 ' +
    'application/vnd.ms-excel.sheet.macroenabled.12 application/vnd.ms-excel.template.macroenabled.12 ' +
    'application/vnd.ms-excel.addin.macroenabled.12 application/vnd.ms-excel.sheet.binary.macroenabled.12 ' +
    'application/vnd.ms-powerpoint.presentation.macroenabled.12 application/vnd.ms-powerpoint.template.macroenabled.12 ' +
    'application/vnd.ms-powerpoint.slideshow.macroenabled.12 application/vnd.ms-powerpoint.addin.macroenabled.12 ' +
    'application/vnd.ms-powerpoint.slide.macroenabled.12',
  archive:
    'application/zip application/x-zip application/x-zip-compressed application/x-compressed application/x-compress ' +
    'application/vnd.rar application/rar application/x-rar application/x-rar-compressed application/x-7z-compressed ' +
    'application/gzip application/x-gzip application/x-tar application/x-gtar application/x-bzip application/x-bzip2 ' +
    'application/x-xz application/zstd application/vnd.ms-cab-compressed application/x-cab application/x-arj application/x-lzh ' +
    'application/x-lzh-compressed application/x-ace-compressed application/x-stuffit application/mac-binhex40 ' +
    'application/x-cpio application/x-lzma application/x-lz4 application/x-uuencode',
  'encrypted-archive': '',
  'disk-image':
    'application/x-iso9660-image application/x-cd-image application/x-apple-diskimage application/x-raw-disk-image ' +
    'application/x-virtualbox-vhd application/x-virtualbox-vhdx application/x-virtualbox-vmdk application/x-vmdk',
  html: 'text/html application/xhtml+xml message/mhtml application/x-mimearchive',
  tnef: 'application/ms-tnef application/vnd.ms-tnef',
};

function lookUp(table: Readonly<Record<AttachmentType, string>>): ReadonlyMap<string, AttachmentType> {
  const entries: [string, AttachmentType][] = [];
  for (const [type, words] of Object.entries(table) as [AttachmentType, string][]) {
    for (const word of words.split(' ')) if (word !== '') entries.push([word, type]);
  }
  return new Map(entries);
}

const BY_EXTENSION = lookUp(EXTENSIONS);
const BY_MIME_TYPE = lookUp(MIME_TYPES);

/** The name of Outlook's TNEF attachments; it says more than its extension. */
const TNEF_NAME = /^win(?:mail|dat)\d*\.dat$/;

/** The kind that a file's name claims. */
export function typeByName(name: string): AttachmentType | undefined {
  // Full-width letters and marks that are not seen make no other name to whoever reads it.
  const plain = comparable(name);
  if (TNEF_NAME.test(plain)) return 'tnef';
  const dot = plain.lastIndexOf('.');
  return dot === -1 ? undefined : BY_EXTENSION.get(plain.slice(dot + 1));
}

/** The kind that a MIME type, in lower case, claims. */
export function typeByMimeType(mimeType: string): AttachmentType | undefined {
  return BY_MIME_TYPE.get(mimeType);
}
