using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>The functions of MariaDB Connector/C that the provider uses. Declared by hand from its mysql.h; names as there.</summary>
internal static unsafe partial class LibMariaDb
{
    private const string Library = "libmariadb.so.3";

    private static readonly Lazy<bool> Initialised = new(Initialise);

    /// <summary>Loads and initialises the library once: its own lazy initialisation is not safe when two threads connect first at the same time.</summary>
    public static void EnsureInitialised() => _ = Initialised.Value;

    private static bool Initialise()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new MariaDbException($"The native library {Library} is not installed (Debian: apt-get install libmariadb3).", 0, null);
        if (mysql_server_init(0, 0, 0) != 0) throw new MariaDbException($"{Library} could not be initialised.", 0, null);
        return true;
    }

    [LibraryImport(Library)]
    private static partial int mysql_server_init(int argumentCount, nint arguments, nint groups);

    [LibraryImport(Library)]
    public static partial nint mysql_init(nint mysql);

    [LibraryImport(Library)]
    public static partial int mysql_options(MySqlHandle mysql, NativeOption option, void* value);

    [LibraryImport(Library)]
    public static partial int mysql_options4(MySqlHandle mysql, NativeOption option, void* key, void* value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint mysql_real_connect(
        MySqlHandle mysql, string? host, string? user, string? password, string? database, uint port, string? unixSocket, nuint flags);

    [LibraryImport(Library)]
    public static partial void mysql_close(nint mysql);

    [LibraryImport(Library)]
    public static partial int mysql_get_socket(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nuint mysql_thread_id(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nint mysql_get_server_info(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nint mysql_get_ssl_cipher(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial byte mariadb_get_info(MySqlHandle mysql, int value, void* result);

    [LibraryImport(Library)]
    public static partial uint mysql_errno(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nint mysql_error(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nint mysql_sqlstate(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial int mysql_real_query(MySqlHandle mysql, byte* statement, nuint length);

    [LibraryImport(Library)]
    public static partial int mysql_next_result(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial byte mysql_more_results(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial uint mysql_field_count(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial ulong mysql_affected_rows(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial ulong mysql_insert_id(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial nint mysql_use_result(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial uint mysql_num_fields(ResultHandle result);

    [LibraryImport(Library)]
    public static partial NativeField* mysql_fetch_fields(ResultHandle result);

    [LibraryImport(Library)]
    public static partial byte** mysql_fetch_row(ResultHandle result);

    [LibraryImport(Library)]
    public static partial nuint* mysql_fetch_lengths(ResultHandle result);

    [LibraryImport(Library)]
    public static partial void mysql_free_result(nint result);

    [LibraryImport(Library)]
    public static partial int mysql_reset_connection(MySqlHandle mysql);

    [LibraryImport(Library)]
    public static partial int mysql_ping(MySqlHandle mysql);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mysql_select_db(MySqlHandle mysql, string database);
}
