package io.directfaas.gateway.api;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The status page: one static file that asks the API. */
@RestController
final class UiPage {
  @GetMapping("/ui/")
  ResponseEntity<byte[]> page() throws IOException {
    try (InputStream input = UiPage.class.getResourceAsStream("/io/directfaas/gateway/ui.html")) {
      if (input == null) {
        throw new FileNotFoundException("ui.html");
      }
      return ResponseEntity.ok()
          .header(HttpHeaders.CONTENT_TYPE, "text/html;charset=utf-8")
          .header(
              "Content-Security-Policy",
              "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src"
                  + " 'unsafe-inline'; frame-ancestors 'none'")
          .body(input.readAllBytes());
    }
  }
}
