using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>struct st_mysql_field on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeField
{
    public byte* Name;
    public byte* OriginalName;
    public byte* Table;
    public byte* OriginalTable;
    public byte* Database;
    public byte* Catalog;
    public byte* Default;
    public nuint Length;
    public nuint MaxLength;
    public uint NameLength;
    public uint OriginalNameLength;
    public uint TableLength;
    public uint OriginalTableLength;
    public uint DatabaseLength;
    public uint CatalogLength;
    public uint DefaultLength;
    public uint Flags;
    public uint Decimals;
    public uint Charset;
    public int Type;
    public void* Extension;
}
